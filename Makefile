# Thin wrapper: meson does the work. `make`, `make check`, `make bench`, `make fuzz`,
# `make install DESTDIR=... PREFIX=/usr`.
BUILD ?= build
PREFIX ?= /usr/local

all: $(BUILD)/build.ninja
	@meson compile -C $(BUILD)

$(BUILD)/build.ninja:
	@meson setup $(BUILD) --prefix=$(PREFIX) >/dev/null

check: all
	@meson test -C $(BUILD) --print-errorlogs

install: all
	@meson install -C $(BUILD) --no-rebuild

bench: all
	@bench/run $(BUILD)

fuzz:
	@test/fuzz/run

format:
	@clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf $(BUILD)

.PHONY: all check install bench fuzz format clean
