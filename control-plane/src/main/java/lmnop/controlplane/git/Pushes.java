package lmnop.controlplane.git;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import lmnop.controlplane.functions.RepositoryGone;
import lmnop.controlplane.web.Refusal;
import lmnop.registry.names.OwnerName;
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
  private static final int LARGE_HEADS = 8;
  private static final int LARGE_HEADS_PER_OWNER = 4;

  private final Repositories repositories;
  private final RepositoryRows rows;
  private final PushDecision.Rules rules;
  private final GitSettings settings;
  private final Places places;
  private final Reception reception;
  private final Places largeHeads = new Places(LARGE_HEADS, LARGE_HEADS_PER_OWNER);

  public Pushes(
      Repositories repositories,
      RepositoryRows rows,
      PushedFunctions functions,
      Deployer deployer,
      GitSettings settings) {
    this.repositories = repositories;
    this.rows = rows;
    this.rules = new PushDecision.Rules(functions, rows, deployer, settings);
    this.settings = settings;
    this.places = new Places(settings.pushes().atOnce(), settings.pushes().perOwner());
    this.reception = new Reception(settings);
  }

  /** Shows the refs; a repository that is not there yet looks like an empty one. */
  void advertise(PushTarget target, OutputStream out) throws IOException {
    if (places.isFull(target.owner())) { // git shows these words; those of a push it does not
      throw new Refusal(
          HttpStatus.SERVICE_UNAVAILABLE, tooMany(target) + ".", Map.of("Retry-After", "5"));
    }
    try (Repository repository =
        target.stored().isPresent()
            ? repositories.open(target.stored().get().id())
            : new InMemoryRepository(new DfsRepositoryDescription())) {
      PacketLineOut lines = new PacketLineOut(out);
      lines.writeString("# service=git-receive-pack\n");
      lines.end();
      PacketLineOutRefAdvertiser refs = new PacketLineOutRefAdvertiser(lines);
      refs.advertiseCapability("no-thin"); // deltas then name no base, so their memory is known
      receivePack(repository, target).sendAdvertisedRefs(refs);
    }
  }

  private String tooMany(PushTarget target) {
    GitSettings.AtOnce most = settings.pushes();
    return "Too many pushes are under way, at most %d to the functions of '%s' and %d in all: %s"
        .formatted(
            most.perOwner(), target.owner(), most.atOnce(), "wait for one to end, then push again");
  }

  void receive(PushTarget target, RequestBody body, OutputStream out)
      throws IOException, InterruptedException {
    try (InputStream in = body.open();
        LargeHead large = new LargeHead(target.owner())) {
      PushHead head = head(in, large);
      if (head.isEmpty()) {
        return;
      }
      if (places.take(target.owner(), Duration.ZERO)) {
        try {
          receive(target, head, in, out);
        } finally {
          places.giveBack(target.owner());
        }
      } else {
        PushRefusal.write(head, tooMany(target), out);
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

  /** Room for the head of one push, if it is large, until the push and its build have ended. */
  private final class LargeHead implements AutoCloseable {
    private final OwnerName owner;
    private boolean entered;

    LargeHead(OwnerName owner) {
      this.owner = owner;
    }

    void enter() throws InterruptedException {
      entered = largeHeads.take(owner, settings.pushes().patience());
      if (!entered) {
        throw new Refusal(
            HttpStatus.SERVICE_UNAVAILABLE,
            "Too many pushes of many branches and tags are under way: push again in a moment.");
      }
    }

    @Override
    public void close() {
      if (entered) {
        largeHeads.giveBack(owner);
      }
    }
  }

  private PushHead head(InputStream in, LargeHead large) throws InterruptedException {
    try {
      return PushHead.read(in, settings.refs().commandSize().toBytes(), large::enter);
    } catch (IOException e) {
      throw new Refusal(HttpStatus.BAD_REQUEST, "The push cannot be read: " + e.getMessage() + ".");
    }
  }

  private void receive(PushTarget target, PushHead head, InputStream in, OutputStream out)
      throws IOException, InterruptedException {
    Optional<String> problem = problem(target, head);
    if (problem.isPresent()) {
      PushRefusal.write(head, problem.get(), out);
      return;
    }
    Optional<Reception.Guest> entered = reception.enter(target.owner());
    if (entered.isEmpty()) {
      PushRefusal.write(
          head,
          "too many pushes are being received, and none of them ended in time: push again",
          out);
      return;
    }
    try (Reception.Guest guest = entered.get();
        PackInspection pack = pack(in, guest)) {
      InputStream push = head.replay(pack);
      if (target.stored().isPresent()) {
        receive(target, target.stored().get().id(), push, guest, out);
      } else {
        receiveFirst(target, push, guest, out);
      }
    }
  }

  private Optional<String> problem(PushTarget target, PushHead head) throws IOException {
    if (head.isOverLimit()) {
      return Optional.of("the push names too many branches and tags at once: push fewer");
    }
    if (target.stored().isEmpty() ? head.knowsRefs() : rows.isDeleted(target)) {
      return Optional.of(words(target));
    }
    long free = repositories.freeBytes();
    if (free < settings.freeDisk().toBytes()) {
      log.error("the disk of the repositories has {} MiB left: no push is taken", free >> 20);
      return Optional.of(
          "the platform's disk is nearly full (%d MiB left, %d MiB stay free): nothing was taken; "
                  .formatted(free >> 20, settings.freeDisk().toMegabytes())
              + "ask its operator to make room, then push again");
    }
    long there = target.stored().isPresent() ? repositories.refs(target.stored().get().id()) : 0;
    return there + head.added() > settings.refs().total() && head.added() > 0
        ? Optional.of(
            "the repository would have %d branches and tags, at most %d are allowed: delete some"
                .formatted(there + head.added(), settings.refs().total()))
        : Optional.empty();
  }

  private static String words(PushTarget target) {
    return String.valueOf(new RepositoryGone(target.name().value()).getMessage());
  }

  private void receiveFirst(
      PushTarget target, InputStream push, Reception.Guest guest, OutputStream out)
      throws IOException {
    long id = rows.reserve(repositories::isThere);
    repositories.createUnclaimed(id, target.deployBranch());
    try {
      receive(target, id, push, guest, out);
    } finally {
      repositories.settle(id, rows::isClaimed);
    }
  }

  private void receive(
      PushTarget target, long id, InputStream push, Reception.Guest guest, OutputStream out)
      throws IOException {
    try (Quarantine quarantine = repositories.quarantine(id)) {
      ReceivePack receive = receivePack(quarantine.repository(), target);
      Exchange.run(
          out,
          answer -> {
            PushDecision decision = new PushDecision(rules, target, id, quarantine, answer);
            receive.setPreReceiveHook((pack, commands) -> {
              guest.close(); // what follows is a build, which may take long
              decision.onPreReceive(pack, commands);
            });
            receive(receive, push, answer);
          });
    }
  }

  private static void receive(ReceivePack receive, InputStream push, OutputStream answer)
      throws IOException {
    try {
      receive.receive(push, answer, null);
    } catch (UnpackException e) {
      log.info("a push was refused, and was told so: {}", String.valueOf(e.getCause()));
    }
  }

  /** What follows the commands, with an end in words where it goes over a limit. */
  private PackInspection pack(InputStream in, Reception.Guest guest) {
    return PackInspection.of(
        in, new PackInspection.Rules(settings.pack(), guest, "the push", "push in smaller parts"));
  }

  private ReceivePack receivePack(Repository repository, PushTarget target) {
    ReceivePack receive = new ReceivePack(repository);
    receive.setBiDirectionalPipe(false);
    receive.setRefFilter(Fetches::visible);
    receive.setObjectChecker(new ReceivedObjects());
    receive.setMaxObjectSizeLimit(settings.pack().objectSize().toBytes());
    receive.setAllowNonFastForwards(true); // PushDecision knows the branches where it is not
    receive.setRefLogIdent(new PersonIdent(target.actor(), target.actor() + "@lmnop"));
    return receive;
  }
}
