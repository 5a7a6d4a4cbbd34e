package lmnop.provider;

import lmnop.provider.artifacts.TestImage;
import lmnop.testkit.RequiresTool;

/** The same contract with images of the artifact store in the place of bundles. */
@RequiresTool({"root", "bwrap", "ip", "nft", "busybox"})
final class ImageContractTest extends EngineContract {
  @Override
  protected String image() {
    return TestImage.server("one").into(running().artifacts());
  }

  @Override
  protected String otherImage() {
    return TestImage.server("two").into(running().artifacts());
  }
}
