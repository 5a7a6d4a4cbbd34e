/**
 * The platform's own credentials: random tokens, the files of mode 0600 that hold them, and what
 * keeps known values out of logs.
 *
 * <p>Depends on nothing of ours. Start at {@link lmnop.operations.credentials.CredentialFile}.
 */
@NullMarked
package lmnop.operations.credentials;

import org.jspecify.annotations.NullMarked;
