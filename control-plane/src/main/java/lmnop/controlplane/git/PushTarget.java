package lmnop.controlplane.git;

import java.util.Optional;
import lmnop.controlplane.functions.StoredRepository;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;

/**
 * Where somebody pushes to, and may.
 *
 * @param actor the account's name
 * @param stored empty for a first push
 */
record PushTarget(
    OwnerName owner, FunctionName name, String actor, Optional<StoredRepository> stored) {
  private static final String DEPLOY_BRANCH = "main"; // of a repository that is made now

  String deployBranch() {
    return stored.map(StoredRepository::deployBranch).orElse(DEPLOY_BRANCH);
  }

  String deployRef() {
    return "refs/heads/" + deployBranch();
  }
}
