/// Philox4x32-10: 128 random bits as a pure function of a 128-bit counter and a 64-bit key.
///
/// Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011). For one
/// key it is a bijection of the counter, so different counters can be used in any order, or twice,
/// with no state to keep. Checked against the `philox4x32 10` lines of Random123's `kat_vectors`.
@inlinable
public func philox4x32(
    counter: (UInt32, UInt32, UInt32, UInt32), key: (UInt32, UInt32)
) -> (UInt32, UInt32, UInt32, UInt32) {
    var (c0, c1, c2, c3) = counter
    var (k0, k1) = key
    for _ in 0..<10 {
        let product0 = UInt64(c0) &* 0xD251_1F53
        let product1 = UInt64(c2) &* 0xCD9E_8D57
        c0 = UInt32(truncatingIfNeeded: product1 >> 32) ^ c1 ^ k0
        c1 = UInt32(truncatingIfNeeded: product1)
        c2 = UInt32(truncatingIfNeeded: product0 >> 32) ^ c3 ^ k1
        c3 = UInt32(truncatingIfNeeded: product0)
        k0 = k0 &+ 0x9E37_79B9  // The golden ratio and √3 - 1: a Weyl sequence of round keys.
        k1 = k1 &+ 0xBB67_AE85
    }
    return (c0, c1, c2, c3)
}
