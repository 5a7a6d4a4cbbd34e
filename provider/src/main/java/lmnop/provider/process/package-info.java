/**
 * The process engine: runs workloads as processes of this machine.
 *
 * <p>Their specs and secrets are on disk, so it needs neither control plane nor database to wake or
 * restart them. Instances outlive the provider process; the next one adopts them. May use the other
 * packages of the provider. Start at {@link lmnop.provider.process.ProcessEngine}.
 */
@NullMarked
package lmnop.provider.process;

import org.jspecify.annotations.NullMarked;
