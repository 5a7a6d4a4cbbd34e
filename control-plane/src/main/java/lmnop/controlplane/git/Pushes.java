package lmnop.controlplane.git;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import lmnop.controlplane.web.Refusal;
import org.eclipse.jgit.errors.UnpackException;
import org.eclipse.jgit.internal.storage.dfs.DfsRepositoryDescription;
import org.eclipse.jgit.internal.storage.dfs.InMemoryRepository;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.transport.PacketLineOut;
import org.eclipse.jgit.transport.ReceivePack;
import org.eclipse.jgit.transport.RefAdvertiser.PacketLineOutRefAdvertiser;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;

/**
 * Pushes. Everything here blocks.
 *
 * <p>A first push makes a repository under a number of its own, marked as unclaimed until its row
 * is there. One that is refused takes the folder away again.
 */
public final class Pushes {
  private static final Logger log = LoggerFactory.getLogger(Pushes.class);
  private static final long DRAINED = 256L * 1024 * 1024;

  private final Repositories repositories;
  private final RepositoryRows rows;
  private final PushDecision.Rules rules;
  private final GitSettings settings;

  public Pushes(
      Repositories repositories,
      RepositoryRows rows,
      PushedFunctions functions,
      Deployer deployer,
      GitSettings settings) {
    this.repositories = repositories;
    this.rows = rows;
    this.rules = new PushDecision.Rules(functions, rows, deployer, settings.keepAlive());
    this.settings = settings;
  }

  /** Shows the refs; a repository that is not there yet looks like an empty one. */
  void advertise(PushTarget target, OutputStream out) throws IOException {
    PacketLineOut lines = new PacketLineOut(out);
    lines.writeString("# service=git-receive-pack\n");
    lines.end();
    try (Repository repository =
        target.stored().isPresent()
            ? repositories.open(target.stored().get().id())
            : new InMemoryRepository(new DfsRepositoryDescription())) {
      receivePack(repository, target).sendAdvertisedRefs(new PacketLineOutRefAdvertiser(lines));
    }
  }

  void receive(PushTarget target, RequestBody body, OutputStream out) throws IOException {
    try (InputStream in = body.open()) {
      PushHead head = head(in);
      if (head.isEmpty()) {
        return;
      }
      if (target.stored().isPresent()) {
        receive(target, target.stored().get().id(), head, out);
      } else {
        receiveFirst(target, head, out);
      }
      out.flush();
      drain(in);
    }
  }

  /** Takes what a refused pusher still sends, who reads the answer only after that. */
  private static void drain(InputStream in) {
    try {
      new LimitedStream(in, DRAINED, "it is too much").transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      log.debug("the rest of a push did not come: {}", e.toString());
    }
  }

  private static PushHead head(InputStream in) {
    try {
      return PushHead.read(in);
    } catch (IOException e) {
      throw new Refusal(HttpStatus.BAD_REQUEST, "The push cannot be read: " + e.getMessage() + ".");
    }
  }

  private void receiveFirst(PushTarget target, PushHead head, OutputStream out) throws IOException {
    long id = rows.reserve(repositories::isThere);
    repositories.createUnclaimed(id, target.deployBranch());
    try {
      receive(target, id, head, out);
    } finally {
      repositories.settle(id, rows::isClaimed);
    }
  }

  private void receive(PushTarget target, long id, PushHead head, OutputStream out)
      throws IOException {
    try (Quarantine quarantine = Quarantine.open(repositories.folder(id))) {
      ReceivePack receive = receivePack(quarantine.repository(), target);
      receive.setPreReceiveHook(new PushDecision(rules, target, id, quarantine, out));
      receive.receive(head.replay(settings), out, null);
    } catch (UnpackException e) {
      log.info(
          "a push to {}/{} was refused: {}",
          target.owner(),
          target.name(),
          String.valueOf(e.getCause()));
    }
  }

  private ReceivePack receivePack(Repository repository, PushTarget target) {
    ReceivePack receive = new ReceivePack(repository);
    receive.setBiDirectionalPipe(false);
    receive.setRefFilter(Fetches::visible);
    receive.setCheckReceivedObjects(true);
    receive.setMaxObjectSizeLimit(settings.objectSize().toBytes());
    receive.setAllowNonFastForwards(true); // PushDecision knows the branches where it is not
    receive.setRefLogIdent(new PersonIdent(target.actor(), target.actor() + "@lmnop"));
    return receive;
  }
}
