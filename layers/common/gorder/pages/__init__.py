"""The pages that customers see: files, published to the bucket from which CloudFront serves them."""
