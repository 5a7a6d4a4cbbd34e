/** Tests of functions' logs. */
@NullMarked
package lmnop.controlplane.logs;

import org.jspecify.annotations.NullMarked;
