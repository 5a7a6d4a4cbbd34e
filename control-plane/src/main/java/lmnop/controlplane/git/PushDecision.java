package lmnop.controlplane.git;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import lmnop.controlplane.configuration.ConfiguredFunction;
import lmnop.controlplane.functions.NameTaken;
import lmnop.controlplane.functions.RepositoryGone;
import org.eclipse.jgit.internal.JGitText;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevObject;
import org.eclipse.jgit.revwalk.RevTree;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.transport.PreReceiveHook;
import org.eclipse.jgit.transport.ReceiveCommand;
import org.eclipse.jgit.transport.ReceiveCommand.Result;
import org.eclipse.jgit.transport.ReceivePack;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of the refs of one push, once its objects are here, checked, and in quarantine.
 *
 * <p>The deploy branch moves only with its release, a branch that asks for a preview only with
 * that, and before that JGit is told that it is done. Every other branch and tag moves at once, by
 * JGit, after this. A first push is all or nothing, so that a refused one leaves nothing behind.
 */
final class PushDecision implements PreReceiveHook {
  private static final Logger log = LoggerFactory.getLogger(PushDecision.class);

  /** What JGit says of a ref that is not where the push expects it. */
  private static final Set<String> MOVED =
      Set.of(
          JGitText.get().invalidOldIdSent,
          JGitText.get().refAlreadyExists,
          JGitText.get().noSuchRef);

  /** What decides about every push. */
  record Rules(
      PushedFunctions functions, RepositoryRows rows, Deployer deployer, GitSettings settings) {}

  private final Rules rules;
  private final PushTarget target;
  private final long repositoryId;
  private final Quarantine quarantine;
  private final OutputStream packets;
  private final BranchPreviews previews;

  /**
   * Decides about one push.
   *
   * @param packets where JGit writes its answer
   */
  PushDecision(
      Rules rules,
      PushTarget target,
      long repositoryId,
      Quarantine quarantine,
      OutputStream packets) {
    this.rules = rules;
    this.target = target;
    this.repositoryId = repositoryId;
    this.quarantine = quarantine;
    this.packets = packets;
    this.previews = new BranchPreviews(rules, target);
  }

  @Override
  public void onPreReceive(ReceivePack push, Collection<ReceiveCommand> open) {
    try {
      decide(push, open, new PusherLines(push, packets));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      rejectOpen(open, "the control plane is stopping: push again");
    } catch (NameTaken | RepositoryGone e) {
      rejectOpen(open, e.getMessage());
    } catch (IOException | RuntimeException e) {
      if (rules.rows().isDeleted(target)) {
        rejectOpen(open, gone().getMessage());
        return;
      }
      String id = UUID.randomUUID().toString().substring(0, 8);
      log.error("a push to {}/{}: error {}", target.owner(), target.name(), id, e);
      rejectOpen(open, "the platform failed, and its log says more under error " + id);
    }
  }

  private void decide(ReceivePack push, Collection<ReceiveCommand> open, PusherLines lines)
      throws IOException, InterruptedException {
    explainOvertaken(push.getAllCommands());
    List<ConfiguredFunction> configured = List.of();
    ReceiveCommand deployed = null;
    checkSizes(push.getRepository(), open, lines);
    for (ReceiveCommand command : open) {
      if (!isOpen(command)) {
        continue;
      }
      if (command.getRefName().equals(target.deployRef())) {
        deployed = command;
        configured = configured(command, push.getRepository(), lines);
      } else if (!Fetches.isPublic(command.getRefName())) {
        reject(command, "only branches and tags can be pushed");
      } else if (command.getRefName().startsWith(target.deployRef() + "/")) {
        reject(command, "it would be in the way of " + target.deployBranch() + ": rename it");
      } else if (nameLength(command.getRefName()) > rules.settings().refs().nameLength()) {
        reject(
            command,
            "its name is longer than %d bytes: rename it"
                .formatted(rules.settings().refs().nameLength()));
      } else {
        readPreview(command, push.getRepository(), lines);
      }
    }
    if (target.stored().isEmpty() && deployed == null) {
      previews
          .asked()
          .keySet()
          .forEach(branch ->
              reject(
                  branch,
                  "its preview needs something that serves: push %s first"
                      .formatted(target.deployBranch())));
    }
    boolean whole = push.isAtomic() || target.stored().isEmpty();
    if (whole && push.getAllCommands().stream().anyMatch(PushDecision::isRejected)) {
      rejectOpen(open, "another ref of this push was refused");
    }
    if (open.stream().noneMatch(PushDecision::isOpen)) {
      return;
    }
    if (rules.rows().isDeleted(target)) {
      throw gone();
    }
    quarantine.accept();
    announceOthers(open, deployed, lines);
    if (deployed != null && isOpen(deployed)) {
      deploy(deployed, configured, lines, rules.deployer()::deploy);
      if (target.stored().isEmpty() && !rules.rows().isClaimed(repositoryId)) {
        rejectOpen(open, target.deployBranch() + " was refused");
      }
    } else if (target.stored().isEmpty()) {
      rules.rows().claim(target, repositoryId);
    }
    preview(open, lines);
  }

  private void readPreview(ReceiveCommand command, Repository repository, PusherLines lines)
      throws IOException {
    try {
      previews.read(command, repository);
    } catch (SourceRefused e) {
      refuse(command, e, lines);
    }
  }

  /** Makes the previews that branches ask for, one after the other, and ends those that go. */
  private void preview(Collection<ReceiveCommand> open, PusherLines lines)
      throws InterruptedException {
    for (Map.Entry<ReceiveCommand, List<ConfiguredFunction>> asked : previews.asked().entrySet()) {
      if (isOpen(asked.getKey())) {
        deploy(asked.getKey(), asked.getValue(), lines, rules.deployer()::preview);
      }
    }
    for (ReceiveCommand command : open) {
      if (isOpen(command)
          && command.getType() == ReceiveCommand.Type.DELETE
          && BranchPreviews.isBranch(command)
          && rules.deployer().branchDeleted(repositoryId, command.getRefName(), target.actor())) {
        lines.show(
            "%s: its preview has ended".formatted(Repository.shortenRefName(command.getRefName())));
      }
    }
  }

  private RepositoryGone gone() {
    return new RepositoryGone(target.name().value());
  }

  private static int nameLength(String ref) {
    return ref.getBytes(StandardCharsets.UTF_8).length - "refs/heads/".length();
  }

  /** Looks at what every pushed ref stands for, before any of it is accepted. */
  private void checkSizes(Repository repository, Collection<ReceiveCommand> open, PusherLines lines)
      throws IOException {
    try (RevWalk walk = new RevWalk(repository)) {
      TreeMeasure measure = new TreeMeasure(walk.getObjectReader(), rules.settings().tree());
      for (ReceiveCommand command : open) {
        if (isOpen(command) && command.getType() != ReceiveCommand.Type.DELETE) {
          RevObject tip = walk.peel(walk.parseAny(command.getNewId()));
          try {
            if (tip instanceof RevCommit commit) {
              measure.check(commit.getTree());
            } else if (tip instanceof RevTree) {
              measure.check(tip);
            }
          } catch (SourceRefused e) {
            refuse(command, e, lines);
          }
        }
      }
    }
  }

  private static void refuse(ReceiveCommand command, SourceRefused refused, PusherLines lines) {
    refused.lines().forEach(lines::show);
    reject(command, String.valueOf(refused.getMessage()));
  }

  private static void explainOvertaken(List<ReceiveCommand> all) {
    for (ReceiveCommand command : all) {
      if (command.getResult() == Result.REJECTED_OTHER_REASON
          && MOVED.contains(String.valueOf(command.getMessage()))) {
        reject(command, "somebody else moved it since you fetched: fetch first");
      }
    }
  }

  /** Reads what the deploy branch asks for, or rejects its command in words. */
  private List<ConfiguredFunction> configured(
      ReceiveCommand command, Repository repository, PusherLines lines) throws IOException {
    String branch = target.deployBranch();
    if (command.getType() == ReceiveCommand.Type.DELETE) {
      reject(command, branch + " is what runs and cannot be deleted: delete the function instead");
    } else if (!isCommit(repository, command.getNewId())) {
      reject(command, branch + " must point to a commit");
    } else if (command.getType() == ReceiveCommand.Type.UPDATE_NONFASTFORWARD) {
      reject(command, branch + " only moves forward: fetch and merge first, without --force");
    } else {
      try {
        SourceTree tree = SourceTree.of(repository, command.getNewId());
        tree.check(rules.settings().tree());
        return rules.functions().of(target.owner(), target.name(), tree, lines::show);
      } catch (SourceRefused e) {
        refuse(command, e, lines);
      }
    }
    return List.of();
  }

  static boolean isCommit(Repository repository, ObjectId id) throws IOException {
    try (RevWalk walk = new RevWalk(repository)) {
      return walk.parseAny(id) instanceof RevCommit;
    }
  }

  private void announceOthers(
      Collection<ReceiveCommand> open, @Nullable ReceiveCommand deployed, PusherLines lines) {
    for (ReceiveCommand command : open) {
      if (!command.equals(deployed) && isOpen(command) && !previews.asked().containsKey(command)) {
        lines.show(
            "%s: skipped, only %s is deployed%s"
                .formatted(
                    Repository.shortenRefName(command.getRefName()),
                    target.deployBranch(),
                    previews
                        .unreadable(command)
                        .map(why -> "; no preview: " + why.getMessage())
                        .orElse("")));
        previews.unreadable(command).ifPresent(why -> why.lines().forEach(lines::show));
      }
    }
    if (deployed == null && previews.asked().isEmpty()) {
      lines.show("Nothing is deployed by this push.");
    }
  }

  /** What becomes of a branch that does not move by itself. */
  @FunctionalInterface
  private interface Deploying {
    Deployer.Verdict deploy(Deployer.Push push, Consumer<String> line) throws InterruptedException;
  }

  private void deploy(
      ReceiveCommand command,
      List<ConfiguredFunction> configured,
      PusherLines lines,
      Deploying deploying)
      throws InterruptedException {
    ObjectId old = command.getOldId();
    var push =
        new Deployer.Push(
            repositoryId,
            target.stored().isEmpty(),
            target.owner().value(),
            target.name().value(),
            command.getRefName(),
            old.equals(ObjectId.zeroId()) ? null : old.name(),
            command.getNewId().name(),
            target.actor(),
            configured);
    Deployer.Verdict verdict;
    try (Heartbeat beats = new Heartbeat(rules.settings().keepAlive(), lines::stayAlive)) {
      verdict = deploying.deploy(push, lines::show);
    }
    switch (verdict) {
      case Deployer.Verdict.Live _ -> command.setResult(Result.OK);
      case Deployer.Verdict.Refused refused -> reject(command, refused.message());
    }
  }

  private static boolean isOpen(ReceiveCommand command) {
    return command.getResult() == Result.NOT_ATTEMPTED;
  }

  private static boolean isRejected(ReceiveCommand command) {
    return !isOpen(command) && command.getResult() != Result.OK;
  }

  private static void rejectOpen(Collection<ReceiveCommand> open, @Nullable String message) {
    for (ReceiveCommand command : open) {
      if (isOpen(command)) {
        reject(command, String.valueOf(message));
      }
    }
  }

  private static void reject(ReceiveCommand command, String message) {
    command.setResult(Result.REJECTED_OTHER_REASON, PusherLines.oneLine(message));
  }
}
