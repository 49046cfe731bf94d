// SPDX-License-Identifier: GPL-2.0-only
/* The body of the trace event; nothing else. */
#define CREATE_TRACE_POINTS
#include "np_trace.h"
