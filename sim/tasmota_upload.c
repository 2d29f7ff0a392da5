/* The upload form of a simulated Tasmota. */
/* SPDX-License-Identifier: MIT */
#include "sim/tasmota_upload.h"

void
tasmota_upload_page(const struct tasmota_visit *visit)
{
	visit->t->uploads_settings = false;
	tasmota_web_page(visit,
		"<form method='post' action='u2' "
		"enctype='multipart/form-data'>"
		"<input type='file' name='u2'></form>");
}

void
tasmota_upload_restore_page(const struct tasmota_visit *visit)
{
	visit->t->uploads_settings = true;
	tasmota_web_page(visit,
		"<form method='post' action='u2' "
		"enctype='multipart/form-data'>"
		"<input type='file' name='u2'></form>");
}

void
tasmota_upload_by_url(const struct tasmota_visit *visit)
{
	tasmota_web_page(visit, "<div>Upgrade started ...</div>");
}

void
tasmota_upload_take(const struct tasmota_visit *visit)
{
	tasmota_web_page(visit, "<div>Upload Failed<br/>No file selected</div>");
}
