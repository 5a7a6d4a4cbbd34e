/** Tests of the package of the same name. */
@NullMarked
package lmnop.controlplane.domains;

import org.jspecify.annotations.NullMarked;
