"""What anybody may see: how a released track was made, by declaration and by what people confirmed."""
