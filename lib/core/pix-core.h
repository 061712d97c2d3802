/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_CORE_H
#define PIX_CORE_H

/* Dovecot's stable lib/ subset, which lib/core may use. */
#include "lib.h"
#include "array.h"
#include "buffer.h"
#include "str.h"
#include "strfuncs.h"

/* Marks what the host looks up by name; everything else is hidden. */
#define PIX_EXPORT __attribute__((visibility("default")))

#endif
