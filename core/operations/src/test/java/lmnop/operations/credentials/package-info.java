/** Tests of what keeps credentials out of logs. */
@NullMarked
package lmnop.operations.credentials;

import org.jspecify.annotations.NullMarked;
