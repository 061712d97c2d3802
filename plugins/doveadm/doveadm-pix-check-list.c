/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */

/* Lists of words as the two hosts compute them.

   2.3: "mail_plugins = $mail_plugins x" takes the value that the variable has at
   that line; inside protocol {} that is the protocol's own value once it has
   one. A later statement at the top doesn't reach a protocol that has its own.

   2.4: a list of booleans. "mail_plugins { x = yes }" adds or removes, "mail_plugins = x" sets
   the whole list; statements of a protocol are applied after all at the top. */

#include "doveadm-pix-check.h"

static void check_list_remove(struct pix_check_list *list, const char *word)
{
	const char *const *wordp;

	array_foreach(&list->words, wordp) {
		if (strcmp(*wordp, word) == 0) {
			array_delete(&list->words,
				array_foreach_idx(&list->words, wordp), 1);
			return;
		}
	}
}

bool pix_check_list_has(const struct pix_check_list *list, const char *word)
{
	const char *const *wordp;

	array_foreach(&list->words, wordp) {
		if (strcmp(*wordp, word) == 0)
			return TRUE;
	}
	return FALSE;
}

static void check_list_add(struct pix_check_list *list, const char *word)
{
	if (!pix_check_list_has(list, word))
		array_push_back(&list->words, &word);
}

/* Sets the list to the words of value; "$key" and "$SET:key" stand for the
   words of before. */
static void
check_list_set(struct pix_check_list *list, const char *key, const char *value,
	       const struct pix_conf_node *node)
{
	ARRAY_TYPE(const_string) before;
	const char *const *words = t_strsplit_spaces(value, " \t,");
	const char *variable = t_strconcat("$", key, NULL);
	const char *variable_24 = t_strconcat("$SET:", key, NULL);

	t_array_init(&before, 8);
	array_append_array(&before, &list->words);
	array_clear(&list->words);
	for (; *words != NULL; words++) {
		const char *const *wordp;

		if (strcmp(*words, variable) != 0 && strcmp(*words, variable_24) != 0) {
			check_list_add(list, *words);
			continue;
		}
		array_foreach(&before, wordp)
			check_list_add(list, *wordp);
	}
	list->node = node;
}

static bool
check_list_is_for(const struct pix_conf_node *section, const char *protocol)
{
	if (protocol == NULL)
		return section == NULL;
	return section != NULL && section->parent == NULL &&
		strcmp(section->key, "protocol") == 0 &&
		pix_conf_protocol_is(section, protocol);
}

/* 2.4: one pass over the statements at the top, or of one protocol. */
static void
check_list_apply(const struct pix_check *check, struct pix_check_list *list,
		 const char *key, const char *protocol)
{
	const struct pix_conf_node *const *nodep;

	array_foreach(pix_conf_nodes(check->conf), nodep) {
		const struct pix_conf_node *node = *nodep;

		if (node->type != PIX_CONF_SETTING)
			continue;
		if (check_list_is_for(node->parent, protocol) &&
		    strcmp(node->key, key) == 0) {
			check_list_set(list, key, node->value, node);
		} else if (node->parent != NULL &&
			   strcmp(node->parent->key, key) == 0 &&
			   check_list_is_for(node->parent->parent, protocol)) {
			if (strcmp(node->value, "no") == 0) {
				check_list_remove(list, node->key);
				list->node = node;
			} else {
				check_list_add(list, node->key);
			}
		}
	}
}

/* 2.3: one pass over all statements, in the order of reading. */
static void
check_list_read(const struct pix_check *check, struct pix_check_list *list,
		const char *key, const char *protocol)
{
	const struct pix_conf_node *const *nodep;
	bool own = FALSE;

	array_foreach(pix_conf_nodes(check->conf), nodep) {
		const struct pix_conf_node *node = *nodep;

		if (node->type != PIX_CONF_SETTING || strcmp(node->key, key) != 0)
			continue;
		if (node->parent == NULL ? own :
		    protocol == NULL || !check_list_is_for(node->parent, protocol))
			continue;
		own = own || node->parent != NULL;
		check_list_set(list, key, node->value, node);
	}
}

struct pix_check_list *
pix_check_list(const struct pix_check *check, const char *key,
	       const char *protocol, const char *fallback)
{
	struct pix_check_list *list = t_new(struct pix_check_list, 1);

	t_array_init(&list->words, 8);
	check_list_set(list, key, fallback, NULL);
	if (pix_host_has_plugin_section()) {
		check_list_read(check, list, key, protocol);
	} else {
		check_list_apply(check, list, key, NULL);
		if (protocol != NULL)
			check_list_apply(check, list, key, protocol);
	}
	return list;
}

bool pix_check_named(const struct pix_check *check, const char *key,
		     const char *word, const struct pix_conf_node **node_r)
{
	const struct pix_conf_node *const *nodep;

	array_foreach(pix_conf_nodes(check->conf), nodep) {
		const struct pix_conf_node *node = *nodep;

		*node_r = node;
		if (node->type != PIX_CONF_SETTING)
			continue;
		if (strcmp(node->key, key) == 0 &&
		    str_array_find(t_strsplit_spaces(node->value, " \t,"), word))
			return TRUE;
		if (node->parent != NULL && strcmp(node->parent->key, key) == 0 &&
		    strcmp(node->key, word) == 0 && strcmp(node->value, "no") != 0)
			return TRUE;
	}
	*node_r = NULL;
	return FALSE;
}

bool pix_check_protocol_enabled(const struct pix_check *check, const char *protocol)
{
	if (strcmp(protocol, "lda") == 0 || strcmp(protocol, "doveadm") == 0)
		return TRUE;
	return pix_check_list_has(pix_check_list(check, "protocols", NULL,
						 "imap pop3 lmtp"), protocol);
}
