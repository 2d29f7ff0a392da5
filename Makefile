# Thin wrapper: meson does the work. `make`, `make check`, `make bench`, `make fuzz`,
# `make install DESTDIR=... PREFIX=/usr`.
BUILD ?= build
PREFIX ?= /usr/local

all: $(BUILD)/build.ninja
	@meson compile -C $(BUILD)

$(BUILD)/build.ninja:
	@meson setup $(BUILD) --prefix=$(PREFIX) >/dev/null

# Another PREFIX than the build was set up with: where the catalog is found changes.
prefix: $(BUILD)/build.ninja
	@grep -q '"name": "prefix", "value": "$(PREFIX)"' $(BUILD)/meson-info/intro-buildoptions.json || \
		meson configure $(BUILD) -Dprefix=$(PREFIX)

check: all
	@meson test -C $(BUILD) --print-errorlogs

install: prefix all
	@meson install -C $(BUILD) --no-rebuild

bench: all
	@bench/run $(BUILD)

fuzz:
	@test/fuzz/run

format:
	@clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf $(BUILD)

# Why not `all: prefix`: a plain `make` keeps whatever was chosen.
.PHONY: all prefix check install bench fuzz format clean
