package lmnop.controlplane.identities;

import java.io.IOException;
import java.net.URI;

/** Somebody who knows people. Everything here blocks. */
interface IdentityProvider {
  /** What it calls itself. */
  String issuer();

  /**
   * Where a browser is led to.
   *
   * @param back where it is led to then
   */
  URI entrance(Attempt attempt, URI back) throws IOException, InterruptedException, NotProven;

  /** Who somebody is that came back with a code. */
  Identity identity(String code, Attempt attempt, URI back)
      throws IOException, InterruptedException, NotProven;
}
