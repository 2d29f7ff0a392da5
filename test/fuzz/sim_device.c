/* What reaches a simulated device from outside: requests, server answers, images. */
/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "sim/download_answer.h"
#include "sim/flash_image.h"
#include "sim/http_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_request request;
	struct download_answer answer;
	struct flash_image image;
	char value[64];

	http_request_read((const char *)data,
		size < REQUEST_BYTES_MOST ? size : REQUEST_BYTES_MOST, &request);
	http_request_argument(&request, "cmnd", value, sizeof value);
	answer.len = size < sizeof answer.bytes ? size : sizeof answer.bytes;
	memcpy(answer.bytes, data, answer.len);
	download_answer_read(&answer);
	flash_image_read(data, size, &image);
	return 0;
}
