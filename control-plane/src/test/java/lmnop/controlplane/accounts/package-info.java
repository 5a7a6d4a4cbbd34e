/** Tests of accounts against a real database. */
@NullMarked
package lmnop.controlplane.accounts;

import org.jspecify.annotations.NullMarked;
