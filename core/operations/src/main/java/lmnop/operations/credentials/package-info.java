/**
 * The platform's own credentials: random tokens, and the files of mode 0600 that hold them.
 *
 * <p>Depends on nothing of ours. Start at {@link lmnop.operations.credentials.CredentialFile}.
 */
@NullMarked
package lmnop.operations.credentials;

import org.jspecify.annotations.NullMarked;
