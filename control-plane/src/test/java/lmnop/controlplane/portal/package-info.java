/** Tests of the pages. */
@NullMarked
package lmnop.controlplane.portal;

import org.jspecify.annotations.NullMarked;
