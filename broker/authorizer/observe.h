/* observe – what is said to load balancers and to Prometheus.
 *
 * Nothing of it is about anybody; who may read the figures is nginx's matter. Implemented in
 * observe.c. */
#ifndef BECKON_OBSERVE_H
#define BECKON_OBSERVE_H

#include "authorizer.h"
#include "buf.h"

/* Each appends one answer, as a CGI program prints it. */
void observe_health(struct buf *to);
void observe_readiness(struct authorizer *a, struct buf *to); /* may block, as standing_ask */
void observe_metrics(struct authorizer *a, struct buf *to);   /* may block for METRICS_PATIENCE */

#endif
