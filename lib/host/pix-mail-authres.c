/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-mail-authres.h"
#include "pix-settings-sort.h"
#include "istream.h"
#include "mail-storage.h"
#include "message-parser.h"
#include "message-header-parser.h"

struct pix_authres_set *
pix_mail_authres_read(pool_t pool, const struct pix_sort_settings *set,
		      struct istream *input)
{
	struct message_header_parser_ctx *parser;
	struct message_header_line *hdr;
	struct pix_authres_set *results;

	T_BEGIN {
		const struct pix_authres_params params = {
			.authserv_ids = t_strsplit_spaces(
				set->pix_sort_authserv_id, " ,"),
			.max_received = set->pix_sort_max_received,
			.arc_sealers = t_strsplit_spaces(
				set->pix_sort_arc_sealers, " ,"),
		};

		results = pix_authres_set_init(pool, &params);
	} T_END;
	parser = message_parse_header_init(input, NULL, 0);
	while (message_parse_header_next(parser, &hdr) > 0) {
		if (hdr->eoh || !pix_authres_set_wants(hdr->name))
			continue;
		if (hdr->continues) {
			hdr->use_full_value = TRUE;
			continue;
		}
		pix_authres_set_add(results, hdr->name, hdr->full_value,
				    hdr->full_value_len);
	}
	message_parse_header_deinit(&parser);
	return results;
}

struct pix_authres_set *
pix_mail_authres_get(pool_t pool, const struct pix_sort_settings *set,
		     struct mail *mail)
{
	struct istream *input;

	if (mail_get_hdr_stream(mail, NULL, &input) < 0)
		return NULL;
	return pix_mail_authres_read(pool, set, input);
}
