/**
 * The control plane as a build meets it: source, templates and the log, over its internal listener.
 *
 * <p>May use {@code lmnop.tasks}. Start at {@link lmnop.builderworker.controlplane.ControlPlane}.
 */
@NullMarked
package lmnop.builderworker.controlplane;

import org.jspecify.annotations.NullMarked;
