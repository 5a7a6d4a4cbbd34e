package lmnop.provider;

import lmnop.provider.artifacts.TestBundle;
import lmnop.testkit.RequiresTool;

/** The contract of every provider, kept by the process engine with plain processes. */
@RequiresTool("python3")
final class PlainEngineContractTest extends EngineContract {
  PlainEngineContractTest() {
    super("isolation.sandbox=false", "trust-functions=true");
  }

  @Override
  protected String image() {
    return TestBundle.server("one").into(running().artifacts());
  }

  @Override
  protected String otherImage() {
    return TestBundle.server("two").into(running().artifacts());
  }
}
