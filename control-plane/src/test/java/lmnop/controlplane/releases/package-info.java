/** Tests of what releases say. */
@NullMarked
package lmnop.controlplane.releases;

import org.jspecify.annotations.NullMarked;
