package lmnop.provider.isolation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks that are made before they are needed, and who gets them. */
@RequiresTool({"root", "bwrap", "ip", "nft", "setsid", "unshare"})
final class InstanceNetworksTest {
  @TempDir private Path scripts;
  @TempDir private Path folder;
  private AddressPool pool;
  private InstanceNetworks networks;

  /** Places whose network cannot be made, once. */
  private final Set<Integer> broken = ConcurrentHashMap.newKeySet();

  private final Semaphore tried = new Semaphore(0);

  @BeforeEach
  void open() throws IOException {
    Files.writeString(folder.resolve("groups"), "");
    Files.writeString(folder.resolve("arguments"), "--ro-bind\0/\0/\0");
    ReadyNetworkTest.writeProgram(folder, "/bin/true");
    pool = new AddressPool(4, folder.resolve("addresses"), Clock.systemUTC(), _ -> false, 0);
    networks =
        new InstanceNetworks(
            pool,
            place -> {
              if (broken.remove(place)) {
                tried.release();
                throw new IllegalStateException("no network at place " + place);
              }
              return new ReadyNetwork.Texts(
                  "link set lo up\nlink add eth0 type veth peer name eth1\n",
                  "true\n",
                  "table ip lmnop { }\n");
            },
            new ReadyNetwork.Scripts(
                Script.install("network", scripts), Script.install("keeper-sandbox", scripts)));
  }

  @AfterEach
  void closeLeavesNothing() {
    networks.close();
    await().until(() -> shells().isEmpty());
  }

  private List<ProcessHandle> shells() {
    return ProcessHandle.allProcesses()
        .filter(p -> p.info().commandLine().orElse("").contains(scripts.toString()))
        .toList();
  }

  /** One that makes its network still has children that look like it. */
  private void awaitShells(int number) {
    await().until(() -> shells().size() == number);
  }

  private void assertRuns(int place) throws IOException {
    Keeper keeper = networks.start(place, folder);
    keeper.begin();
    await().until(() -> !keeper.handle().isAlive());
    assertThat(keeper.exitCode()).as(keeper.complaints()).hasValue(0);
  }

  @Test
  void noneIsThereBeforeThereWasAnInstance() {
    assertThat(shells()).isEmpty();
  }

  @Test
  void theNextInstanceGetsTheOldestThatWaits() throws Exception {
    assertThat(networks.take("a")).isZero();
    awaitShells(3);
    List<ProcessHandle> waiting = shells();

    assertThat(networks.take("b")).isEqualTo(1);
    Keeper second = networks.start(1, folder);
    assertThat(waiting).contains(second.handle());
    second.abandon();
    assertRuns(0);
  }

  @Test
  void oneThatSomebodyEndedIsNotGiven() throws Exception {
    networks.take("a");
    awaitShells(3);
    shells().forEach(ProcessHandle::destroyForcibly);
    awaitShells(0);

    int place = networks.take("b");
    assertThat(place).isEqualTo(3);
    assertRuns(place);
  }

  @Test
  void aPlaceWhoseNetworkCannotBeMadeIsFreeAgain() throws Exception {
    broken.add(1);
    networks.take("a");
    tried.acquire();
    awaitShells(1);

    Set<Integer> free = new HashSet<>();
    await()
        .until(() -> {
          pool.reserve().ifPresent(free::add);
          return free.contains(1);
        });
  }

  @Test
  void oneWhoseInstanceNeverStartedEnds() throws Exception {
    networks.take("a");
    networks.giveBack(0, "a");
    awaitShells(2);

    assertThat(networks.take("b")).isNotZero(); // it rests
  }

  @Test
  void aSmallRangeIsForInstancesAndNotForThoseThatMayCome() throws Exception {
    for (int i = 0; i < 4; i++) {
      networks.take("a");
    }
    awaitShells(4);
    assertThat(pool.reserve()).isEmpty();
  }

  @Test
  void whatStartsWhileItStopsStillStarts() throws Exception {
    networks.close();
    assertRuns(networks.take("a"));
  }
}
