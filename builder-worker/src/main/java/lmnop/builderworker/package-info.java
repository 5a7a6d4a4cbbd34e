/**
 * The app that turns source into artifacts: it claims build tasks, runs what the template says in a
 * sandbox, and leaves a bundle in the artifact store.
 *
 * <p>May use {@code lmnop.operations} and {@code lmnop.tasks}; it knows no secret of any function
 * and cannot write what routers read. Start at {@link lmnop.builderworker.BuilderWorker}, which
 * lists the parts, then {@link lmnop.builderworker.build.Stage}, which lists what happens to a
 * build.
 */
@NullMarked
package lmnop.builderworker;

import org.jspecify.annotations.NullMarked;
