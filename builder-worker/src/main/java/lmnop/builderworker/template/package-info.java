/**
 * The copies of templates that this worker keeps by digest.
 *
 * <p>May use {@code lmnop.templates}, which says what a template is. Start at {@link
 * lmnop.builderworker.template.Templates}.
 */
@NullMarked
package lmnop.builderworker.template;

import org.jspecify.annotations.NullMarked;
