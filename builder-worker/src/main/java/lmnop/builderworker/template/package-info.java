/**
 * Templates as data: what a {@code template.yml} may say, and the copies that this worker keeps by
 * digest.
 *
 * <p>May use {@code lmnop.builderworker.controlplane}. Start at {@link
 * lmnop.builderworker.template.Template}.
 */
@NullMarked
package lmnop.builderworker.template;

import org.jspecify.annotations.NullMarked;
