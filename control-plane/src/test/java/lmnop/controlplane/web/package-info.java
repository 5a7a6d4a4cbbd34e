/** Tests of the listeners and the crossing to virtual threads. */
@NullMarked
package lmnop.controlplane.web;

import org.jspecify.annotations.NullMarked;
