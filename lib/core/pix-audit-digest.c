/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

#include "pix-audit-digest.h"

#include <openssl/evp.h>

struct pix_audit_digest {
	EVP_MD_CTX *md;
	uint64_t size;
	buffer_t *header;
	bool last_cr, header_done;
};

struct pix_audit_digest *pix_audit_digest_new(void)
{
	struct pix_audit_digest *digest = i_new(struct pix_audit_digest, 1);

	digest->md = EVP_MD_CTX_new();
	if (digest->md == NULL ||
	    EVP_DigestInit_ex(digest->md, EVP_sha256(), NULL) != 1)
		i_fatal_status(FATAL_OUTOFMEM, "EVP_DigestInit_ex(sha256) failed");
	digest->header = buffer_create_dynamic(default_pool, 2048);
	return digest;
}

void pix_audit_digest_free(struct pix_audit_digest **_digest)
{
	struct pix_audit_digest *digest = *_digest;

	if (digest == NULL)
		return;
	*_digest = NULL;
	EVP_MD_CTX_free(digest->md);
	buffer_free(&digest->header);
	i_free(digest);
}

static void
pix_audit_digest_put(struct pix_audit_digest *digest, const void *data, size_t size)
{
	if (EVP_DigestUpdate(digest->md, data, size) != 1)
		i_fatal_status(FATAL_OUTOFMEM, "EVP_DigestUpdate() failed");
	digest->size += size;
}

/* Keeps the header until its empty line. */
static void
pix_audit_digest_keep(struct pix_audit_digest *digest,
		      const unsigned char *data, size_t size)
{
	const size_t room = PIX_AUDIT_HEADER_MAX - digest->header->used;
	size_t from = digest->header->used < 3 ? 0 : digest->header->used - 3;
	const unsigned char *all, *end;

	buffer_append(digest->header, data, I_MIN(size, room));
	if (from == 0 && (data[0] == '\n' || data[0] == '\r') &&
	    digest->header->used == I_MIN(size, room)) {
		/* no header at all */
		buffer_set_used_size(digest->header, 0);
		digest->header_done = TRUE;
		return;
	}
	all = digest->header->data;
	end = all + digest->header->used;
	for (const unsigned char *p = all + from;
	     (p = memchr(p, '\n', (size_t)(end - p))) != NULL; ) {
		p++;
		if (p < end && (*p == '\n' ||
				(*p == '\r' && p + 1 < end && p[1] == '\n'))) {
			buffer_set_used_size(digest->header, (size_t)(p - all));
			digest->header_done = TRUE;
			return;
		}
	}
	if (digest->header->used == PIX_AUDIT_HEADER_MAX)
		digest->header_done = TRUE;
}

void pix_audit_digest_more(struct pix_audit_digest *digest,
			   const void *_data, size_t size)
{
	const unsigned char *data = _data, *end = data + size, *lf;

	if (size == 0)
		return;
	if (!digest->header_done)
		pix_audit_digest_keep(digest, data, size);
	while ((lf = memchr(data, '\n', (size_t)(end - data))) != NULL) {
		bool cr = lf == data ? digest->last_cr : lf[-1] == '\r';

		if (cr) {
			pix_audit_digest_put(digest, data, (size_t)(lf + 1 - data));
		} else {
			pix_audit_digest_put(digest, data, (size_t)(lf - data));
			pix_audit_digest_put(digest, "\r\n", 2);
		}
		digest->last_cr = FALSE;
		data = lf + 1;
	}
	if (data < end) {
		pix_audit_digest_put(digest, data, (size_t)(end - data));
		digest->last_cr = end[-1] == '\r';
	}
}

void pix_audit_digest_finish(struct pix_audit_digest *digest,
			     unsigned char sha256_r[PIX_AUDIT_DIGEST_SIZE],
			     uint64_t *size_r)
{
	unsigned int len = 0;

	if (EVP_DigestFinal_ex(digest->md, sha256_r, &len) != 1 ||
	    len != PIX_AUDIT_DIGEST_SIZE)
		i_fatal_status(FATAL_OUTOFMEM, "EVP_DigestFinal_ex() failed");
	*size_r = digest->size;
}

const char *pix_audit_digest_header(const struct pix_audit_digest *digest,
				    size_t *size_r)
{
	*size_r = digest->header->used;
	buffer_append_c(digest->header, '\0');
	buffer_set_used_size(digest->header, *size_r);
	return digest->header->data;
}

const char *pix_audit_header_find(const char *header, size_t size,
				  const char *name, size_t max)
{
	const char *line = header, *end = header + size, *eol;
	const size_t len = strlen(name);
	string_t *value;

	for (; line < end; line = eol + 1) {
		eol = memchr(line, '\n', (size_t)(end - line));
		if (eol == NULL)
			eol = end;
		if ((size_t)(eol - line) > len && strncasecmp(line, name, len) == 0) {
			const char *p = line + len;

			while (p < eol && (*p == ' ' || *p == '\t'))
				p++;
			if (p < eol && *p == ':')
				break;
		}
		if (eol == end)
			return NULL;
	}
	if (line >= end)
		return NULL;
	value = t_str_new(128);
	line = memchr(line, ':', (size_t)(end - line));
	for (line++; line < end; line++) {
		if (*line == '\n' && (line + 1 >= end ||
				      (line[1] != ' ' && line[1] != '\t')))
			break;
		if ((unsigned char)*line < 0x20 || *line == 0x7f)
			continue;
		if (str_len(value) > 0 || *line != ' ')
			str_append_c(value, *line);
		if (str_len(value) >= max)
			break;
	}
	while (str_len(value) > 0 && str_c(value)[str_len(value) - 1] == ' ')
		str_truncate(value, str_len(value) - 1);
	return str_len(value) == 0 ? NULL : str_c(value);
}
