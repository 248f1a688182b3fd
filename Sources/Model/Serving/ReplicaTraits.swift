import Kernel

/// What sets one replica apart from the others of its service from the start.
package struct ReplicaTraits: BitwiseCopyable, Hashable, Sendable {
    /// Work that it does in a second on one core, over the nominal; > 0.
    package var speed: Double
    /// The probability that it fails a request at once.
    package var errorRate: Double

    /// The traits of a replica: a pure function of the seed, the service and its number, the same
    /// however often it is started again.
    ///
    /// The speed is exp(σ·z) with z standard normal, times that of an odd replica.
    package init(of replica: Int, serving: ServingDescription, seed: UInt64, service: UInt32) {
        speed = 1
        errorRate = 0
        if serving.speedSpread > 0 {
            let key = DrawKey(
                seed: seed, identity: UInt64(replica), purpose: .replicaSpeed, service: service)
            speed = ExactMath.exp(
                serving.speedSpread * ExactMath.inverseNormal(key.uniform()))
        }
        for odd in serving.oddReplicas where odd.replica == replica {
            speed *= odd.speed
            errorRate = odd.errorRate
        }
    }
}
