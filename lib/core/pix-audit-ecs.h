/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_AUDIT_ECS_H
#define PIX_AUDIT_ECS_H

#include <jansson.h>
#include <stdint.h>

/* A record of the log in the Elastic Common Schema (8.11): what has a field there
   stands in it, and the whole record is below "dovecot_pix". Returns a new
   reference. The record must have been accepted by the collector. */
json_t *pix_audit_ecs(uint64_t index, json_t *record);

#endif
