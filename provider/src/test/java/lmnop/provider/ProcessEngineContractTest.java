package lmnop.provider;

import lmnop.provider.artifacts.TestBundle;
import lmnop.testkit.RequiresTool;

/** The contract of every provider, kept by the process engine in sandboxes, over HTTP. */
@RequiresTool({"root", "bwrap", "ip", "nft", "python3"})
final class ProcessEngineContractTest extends EngineContract {
  @Override
  protected String image() {
    return TestBundle.server("one").into(running().artifacts());
  }

  @Override
  protected String otherImage() {
    return TestBundle.server("two").into(running().artifacts());
  }
}
