/* SPDX-License-Identifier: GPL-2.0-only */
/* A byte buffer that grows; all output is composed in one of these. */
#ifndef NP_BUF_H
#define NP_BUF_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct np_buf - bytes that grow at the end.
 * @data: the bytes, not NUL-terminated; NULL while nothing was added
 * @len: bytes in use
 * @size: bytes allocated
 * @failed: memory ran out; what was added since is missing
 *
 * All zeroes is a valid empty buffer.
 */
struct np_buf {
	char	*data;
	size_t	len;
	size_t	size;
	bool	failed;
};

bool np_buf_reserve(struct np_buf *buf, size_t len);
void np_buf_add(struct np_buf *buf, const void *data, size_t len);
void np_buf_add_clean(struct np_buf *buf, const char *str, size_t max);
void np_buf_printf(struct np_buf *buf, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void np_buf_trim(struct np_buf *buf);
void np_buf_free(struct np_buf *buf);

#endif /* NP_BUF_H */
