package lmnop.controlplane.git;

import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lmnop.controlplane.configuration.ConfiguredFunction;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.transport.ReceiveCommand;

/** Which branches of one push ask for a preview: each branch's own function.yml says so. */
final class BranchPreviews {
  private static final String BRANCHES = "refs/heads/";

  private final PushDecision.Rules rules;
  private final PushTarget target;
  private final Map<ReceiveCommand, List<ConfiguredFunction>> asked = new LinkedHashMap<>();
  private final Map<ReceiveCommand, SourceRefused> unreadable = new HashMap<>();

  BranchPreviews(PushDecision.Rules rules, PushTarget target) {
    this.rules = rules;
    this.target = target;
  }

  /**
   * Reads what a branch asks for. A function.yml that cannot be read asks for nothing, and that is
   * said: the branch may be anything.
   *
   * @throws SourceRefused if the branch asks for a preview and cannot be built
   */
  void read(ReceiveCommand command, Repository repository) throws IOException {
    if (!isBranch(command)
        || command.getType() == ReceiveCommand.Type.DELETE
        || !PushDecision.isCommit(repository, command.getNewId())) {
      return;
    }
    String branch = command.getRefName().substring(BRANCHES.length());
    SourceTree tree = SourceTree.of(repository, command.getNewId());
    List<ConfiguredFunction> functions = List.of();
    try {
      if (rules.functions().areNamed(tree)) {
        functions =
            rules.functions().of(target.owner(), target.name(), tree, note -> {}).stream()
                .filter(function -> function.configuration().isPreviewed(branch))
                .toList();
      }
    } catch (SourceRefused e) {
      unreadable.put(command, e);
      return;
    }
    if (!functions.isEmpty()) {
      tree.check(rules.settings().tree());
      asked.put(command, functions);
    }
  }

  static boolean isBranch(ReceiveCommand command) {
    return command.getRefName().startsWith(BRANCHES);
  }

  /** Why a branch has no preview, if its function.yml could not be read. */
  Optional<SourceRefused> unreadable(ReceiveCommand command) {
    return Optional.ofNullable(unreadable.get(command));
  }

  /** The functions that ask for a preview, for each branch where one does. */
  Map<ReceiveCommand, List<ConfiguredFunction>> asked() {
    return asked;
  }
}
