/**
 * How an instance is kept apart: from the machine, from the platform and from other instances.
 *
 * <p>Two ways: {@link lmnop.provider.isolation.SandboxIsolation} with namespaces and control
 * groups, where the machine lets us, and {@link lmnop.provider.isolation.PlainIsolation} without.
 * May use artifacts and operations. Start at {@link lmnop.provider.isolation.Isolation}.
 */
@NullMarked
package lmnop.provider.isolation;

import org.jspecify.annotations.NullMarked;
