/**
 * What the provider writes into the registry: ready endpoints, the workloads' state, its own
 * heartbeat; and what it reads there: which routers live, and whether they let go of a workload.
 *
 * <p>Depends on operations only. Start at {@link lmnop.provider.registry.Registrar}.
 */
@NullMarked
package lmnop.provider.registry;

import org.jspecify.annotations.NullMarked;
