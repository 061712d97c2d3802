/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */
#ifndef PIX_SQL_H
#define PIX_SQL_H

/* Opens a database by Dovecot's lib-sql, which differs between the hosts only
   here. Statements are made by sql_statement_*() of sql-api.h, with bound values
   only. Its SQLite and MySQL drivers block: for services of ours alone. */

#include "lib.h"
#include "sql-api.h"

struct pix_sql_params {
	/* "sqlite", "pgsql", "mysql" */
	const char *driver;
	/* sqlite: path of the file. Others: "host=… port=… dbname=… user=…
	   password=…". */
	const char *connect;
	struct event *event_parent;
};

/* Loads the driver's module and prepares the connection. Returns 0, or -1 and
   error_r (data stack). Once a process. */
int pix_sql_init(const struct pix_sql_params *params, struct sql_db **db_r,
		 const char **error_r);
void pix_sql_deinit(struct sql_db **db);

/* What the driver said, without the statement that some versions repeat. */
const char *pix_sql_error(const char *error);

#endif
