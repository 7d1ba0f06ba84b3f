"""The pages that customers see, and the bucket from which CloudFront serves them."""
