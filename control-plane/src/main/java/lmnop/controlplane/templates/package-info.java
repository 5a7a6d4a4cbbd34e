/**
 * The templates that pushes may name: those that come with lmnop, and those that operators add.
 *
 * <p>May use audit, accounts and git. Start at {@link lmnop.controlplane.templates.Templates}.
 */
@NullMarked
package lmnop.controlplane.templates;

import org.jspecify.annotations.NullMarked;
