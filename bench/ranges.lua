-- wrk: 4096-byte ranges at successive offsets, the way devices fetch. BENCH_BYTES is the size
-- of the file.
local size = tonumber(os.getenv("BENCH_BYTES"))
local at = 0

request = function()
	local last = at + 4095
	if last >= size then last = size - 1 end
	local range = "bytes=" .. at .. "-" .. last
	at = last + 1
	if at >= size then at = 0 end
	return wrk.format("GET", nil, { ["Range"] = range, ["Host"] = "dl.itead.cn" })
end

done = function(summary, latency, requests)
	io.write(string.format("BENCH %.1f %d %.0f\n",
		summary.requests / (summary.duration / 1e6),
		summary.errors.connect + summary.errors.read + summary.errors.write +
		summary.errors.status + summary.errors.timeout, latency:percentile(99)))
end
