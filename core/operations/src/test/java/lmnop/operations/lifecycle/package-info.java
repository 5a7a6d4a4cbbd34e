/** Tests of how background work waits. */
@NullMarked
package lmnop.operations.lifecycle;

import org.jspecify.annotations.NullMarked;
