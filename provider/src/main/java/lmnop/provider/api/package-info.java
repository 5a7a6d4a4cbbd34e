/**
 * The OpenFaaS provider API over HTTP, from one set of handlers for every engine.
 *
 * <p>May use the provider API's records and operations; engines depend on it, never the other way
 * round. Start at {@link lmnop.provider.api.Engine} and {@link lmnop.provider.api.ProviderApi}.
 */
@NullMarked
package lmnop.provider.api;

import org.jspecify.annotations.NullMarked;
