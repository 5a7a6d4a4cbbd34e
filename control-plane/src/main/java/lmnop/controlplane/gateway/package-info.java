/**
 * The API of OpenFaaS's gateway over the platform's own features, so that its clients list, deploy,
 * scale and remove functions here, read logs and keep secrets.
 *
 * <p>Nothing is decided here that another feature decides: this maps words. Depends on most of the
 * others. Start at {@link lmnop.controlplane.gateway.GatewayApi}.
 */
@NullMarked
package lmnop.controlplane.gateway;

import org.jspecify.annotations.NullMarked;
