"""What those who write the questions use: checks, drawings, what people felt, and other formats."""
