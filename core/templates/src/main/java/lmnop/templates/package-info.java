/**
 * Templates as data: what a {@code template.yml} may say, and what is wrong with one.
 *
 * <p>May use operations. Start at {@link lmnop.templates.Template}.
 */
@NullMarked
package lmnop.templates;

import org.jspecify.annotations.NullMarked;
