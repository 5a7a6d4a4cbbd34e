/**
 * What an engine keeps on the provider's own disk: specs of workloads, secrets and notes of
 * namespaces, in files that only the provider's user reads.
 *
 * <p>May use the provider API's records and the refusals of the API; engines depend on it, and it
 * on none. Start at {@link lmnop.provider.kept.SpecStore}.
 */
@NullMarked
package lmnop.provider.kept;

import org.jspecify.annotations.NullMarked;
