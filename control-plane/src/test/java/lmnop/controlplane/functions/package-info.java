/** Tests of functions and their hosts against a real database. */
@NullMarked
package lmnop.controlplane.functions;

import org.jspecify.annotations.NullMarked;
