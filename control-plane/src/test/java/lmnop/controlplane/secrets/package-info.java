/** Tests of secrets, on a real database and real files. */
@NullMarked
package lmnop.controlplane.secrets;

import org.jspecify.annotations.NullMarked;
