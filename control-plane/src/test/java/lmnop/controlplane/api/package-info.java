/** Tests of the REST API. */
@NullMarked
package lmnop.controlplane.api;

import org.jspecify.annotations.NullMarked;
