/**
 * The OpenFaaS provider API: its wire records, the role {@link lmnop.providerapi.FunctionProvider},
 * and the HTTP client that plays this role for a provider elsewhere.
 *
 * <p>The only way anybody runs, scales, reads or removes a function. It has no extensions of ours:
 * {@code image} is an OCI reference, or {@code bundle@sha256:…}, which only the process engine
 * takes. Depends on operations only. Start at {@link lmnop.providerapi.FunctionProvider}.
 */
@NullMarked
package lmnop.providerapi;

import org.jspecify.annotations.NullMarked;
