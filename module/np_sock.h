/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_SOCK_H
#define NP_SOCK_H

#include <net/sock.h>

void np_sock_new_cookie(const struct sock *sk);

/**
 * np_sock_is_full() - Is a packet's socket one, or one of TCP's that are less?
 * @sk: socket, may be NULL
 *
 * Context: Any; caller owns the packet.
 */
static __always_inline bool np_sock_is_full(const struct sock *sk)
{
	/* its state may change, but never from or to those of the lesser ones */
	return sk && data_race(sk_fullsock(sk));
}

/**
 * np_sock_cookie() - Cookie of a socket, as SO_COOKIE gives it.
 * @sk: full socket
 *
 * Most sockets have none until somebody asks; asking gives them one.
 *
 * Context: Any.
 */
static __always_inline u64 np_sock_cookie(const struct sock *sk)
{
	if (unlikely(!atomic64_read(&sk->sk_cookie)))
		np_sock_new_cookie(sk);
	return atomic64_read(&sk->sk_cookie);
}

#endif /* NP_SOCK_H */
