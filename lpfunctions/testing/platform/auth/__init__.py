"""Who a request is from: tokens, proofs and signatures."""
